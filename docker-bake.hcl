// docker buildx bake [TARGET]: the program alone, the image of the demo, and one image for each line of Kong.
//
// OWNER is where the images live: ghcr.io/OWNER. There is no published home yet. Put yours here, then run npm run docs, which carries
// it into the documents; or, for one command only: OWNER=acme docker buildx bake
variable "OWNER" {
  default = "OWNER"
}

// The release workflow sets both.
variable "VERSION" {
  default = "1.0.0"
}
variable "REVISION" {
  default = ""
}

group "default" {
  targets = ["binary"]
}

group "all" {
  targets = ["binary", "demo", "kong"]
}

target "common" {
  context = "."
  args = {
    VERSION  = VERSION
    REVISION = REVISION
    SOURCE   = "https://github.com/${OWNER}/kong-entrypoint"
  }
}

// One file, for other Dockerfiles to COPY --from. Two platforms need a builder that can push them together: add --push.
target "binary" {
  inherits  = ["common"]
  target    = "binary"
  platforms = ["linux/amd64", "linux/arm64"]
  tags = [
    "ghcr.io/${lower(OWNER)}/kong-entrypoint:${VERSION}",
    "ghcr.io/${lower(OWNER)}/kong-entrypoint:${join(".", slice(split(".", VERSION), 0, 2))}",
    "ghcr.io/${lower(OWNER)}/kong-entrypoint:${split(".", VERSION)[0]}",
  ]
}

// What compose.yaml builds.
target "demo" {
  inherits = ["common"]
  args     = { KONG_IMAGE = "kong:3.9" }
  tags     = ["kong-entrypoint-open-source"]
}

// kong-3-4 to kong-3-15: kong-3-9 and kong-3-4 are open source, the others Enterprise.
target "kong" {
  name     = "kong-${replace(line, ".", "-")}"
  inherits = ["common"]
  matrix   = { line = ["3.4", "3.9", "3.10", "3.13", "3.14", "3.15"] }
  args = {
    KONG_IMAGE = contains(["3.4", "3.9"], line) ? "kong:${line}" : "kong/kong-gateway:${line}"
  }
  tags = ["ghcr.io/${lower(OWNER)}/kong-with-entrypoint:${line}"]
}
