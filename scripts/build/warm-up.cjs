'use strict';
// Runs the chunks under plain Node, as the binary would, and writes the code cache of each when the start reaches its hand-over.
// usage: node warm-up.cjs FOLDER [OPTIONS] COMMAND...
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const [, , folder] = process.argv;
process.argv.splice(2, 1);
const scripts = new Map();
const loaded = new Map();

function load(id) {
  const name = id.startsWith('./') ? id.slice(2) : '';
  const file = path.join(folder, name);
  if (name === '' || !fs.existsSync(file)) return require(id);
  if (loaded.has(name)) return loaded.get(name).exports;
  const module = { exports: {} };
  loaded.set(name, module);
  scripts.set(name, new vm.Script(fs.readFileSync(file, 'latin1'), { filename: `/kong-entrypoint/${name}` }));
  scripts.get(name).runInThisContext()(load, module, module.exports);
  return module.exports;
}

process.execve = () => {
  for (const name of fs.readdirSync(folder).filter((file) => file.endsWith('.js'))) {
    const script =
      scripts.get(name) ??
      new vm.Script(fs.readFileSync(path.join(folder, name), 'latin1'), { filename: `/kong-entrypoint/${name}` });
    fs.writeFileSync(path.join(folder, `${name}.cache`), script.createCachedData());
  }
  process.exit(0);
};

load('./main.js');
