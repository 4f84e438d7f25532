'use strict';
// The first code of the binary: runs the chunks that are stored beside it, several to a part, each part with the code cache that the
// build made for it. A module is evaluated once, whichever chunk asks for it first. The words in capitals are written by the build.
const sea = require('node:sea');
const vm = require('node:vm');

const partOf = PART_OF_CHUNK;
const partsWithCache = PARTS_WITH_CACHE;
// The build's check turns this to true in a copy of the binary; in the binary itself nothing can.
const isCacheRequired = false;

const parts = new Map();
const modules = new Map();

function load(id) {
  const name = id.startsWith('./') ? id.slice(2) : '';
  if (!Object.hasOwn(partOf, name)) return require(id);
  const known = modules.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  modules.set(name, module);
  openPart(partOf[name])[name](load, module, module.exports);
  return module.exports;
}

function openPart(part) {
  const open = parts.get(part) ?? compile(part).runInThisContext();
  parts.set(part, open);
  return open;
}

function compile(part) {
  const source = Buffer.from(sea.getRawAsset(part)).latin1Slice();
  const cachedData = partsWithCache.includes(part) ? Buffer.from(sea.getRawAsset(`${part}.cache`)) : undefined;
  const script = new vm.Script(source, { filename: `/kong-entrypoint/${part}`, cachedData });
  if (isCacheRequired && script.cachedDataRejected) throw new Error(`the code cache of ${part} is rejected`);
  return script;
}

load('./main.js');
