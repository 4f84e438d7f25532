'use strict';
// The first code of the binary: runs the chunks that are stored beside it, each with the code cache that the build made for it.
const sea = require('node:sea');
const vm = require('node:vm');

const chunks = new Set(CHUNKS);
const loaded = new Map();

function load(id) {
  const name = id.startsWith('./') ? id.slice(2) : id;
  if (!chunks.has(name)) return require(id);
  const found = loaded.get(name);
  if (found !== undefined) return found.exports;
  const module = { exports: {} };
  loaded.set(name, module);
  compile(name).runInThisContext()(load, module, module.exports);
  return module.exports;
}

function compile(name) {
  const source = Buffer.from(sea.getRawAsset(name)).latin1Slice();
  const cachedData = HAS_CACHE ? Buffer.from(sea.getRawAsset(`${name}.cache`)) : undefined;
  return new vm.Script(source, { filename: `/kong-entrypoint/${name}`, cachedData });
}

load('./main.js');
