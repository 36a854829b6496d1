// Resolves projects with npm's own tree builder, over packages read from a file instead of a registry.
//
//   node trees.cjs UNIVERSE.jsonl < roots.jsonl > trees.jsonl
//
// A line of input is {id, root, options}, a line of output {id, packages} or {id, error}; with `lock`, the file that is
// there before, which is also an output where `tell` is true. NODE_PATH must name the node_modules folder inside npm.
'use strict'

const fs = require('node:fs')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')
const readline = require('node:readline')
const Arborist = require('@npmcli/arborist')

const lines = new Map()
for (const line of fs.readFileSync(process.argv[2], 'utf8').split('\n')) {
  if (line) {
    lines.set(JSON.parse(line.slice(8, line.indexOf('"', 9) + 1)), line)
  }
}

const expand = (name, registry) => {
  const document = JSON.parse(lines.get(name))
  for (const [version, fields] of Object.entries(document.versions)) {
    const bare = name.split('/').pop()
    fields.name = name
    fields.version = version
    fields.dist = { tarball: `${registry}/${name}/-/${bare}-${version}.tgz` }
    if (fields.i) {
      fields.dist.integrity = fields.i
      delete fields.i
    }
  }
  return document
}

// Stands in for the cache of documents, so that nothing is fetched that exists.
class Documents {
  constructor (registry) {
    this.registry = registry
    this.read = new Map()
  }

  name (key) {
    return decodeURIComponent(key.slice(key.indexOf(this.registry) + this.registry.length + 1))
  }

  has (key) {
    return lines.has(this.name(key))
  }

  get (key) {
    const name = this.name(key)
    if (!this.read.has(name)) {
      this.read.set(name, expand(name, this.registry))
    }
    return this.read.get(name)
  }

  set () {}

  delete () {}
}

const explain = error => ({
  code: error.code || error.name,
  message: String(error.message),
  edge: error.edge && { name: error.edge.name, spec: error.edge.spec, type: error.edge.type },
})

const resolve = async (project, documents, { root, options, lock, tell }) => {
  fs.writeFileSync(path.join(project, 'package.json'), JSON.stringify(root))
  const lockFile = path.join(project, 'package-lock.json')
  fs.rmSync(lockFile, { force: true })
  if (lock) {
    fs.writeFileSync(lockFile, JSON.stringify(lock))
  }
  const { add, ...rest } = options || {}
  const arborist = new Arborist({
    path: project,
    registry: documents.registry,
    cache: path.join(project, '..', 'cache'),
    packumentCache: documents,
    fetchRetries: 0,
    audit: false,
    fund: false,
    save: true,
    complete: true,
    packageLockOnly: true,
    ignoreScripts: true,
    npmVersion: '11.19.1',
    nodeVersion: process.version,
    ...rest,
  })
  let failure
  try {
    await arborist.buildIdealTree({ add })
  } catch (error) {
    failure = explain(error)
  }
  if (failure && !['E404', 'ETARGET', 'ENOVERSIONS', 'EBADPLATFORM'].includes(failure.code)) {
    return { error: failure }
  }
  // What is not to be had is noticed when the tree stands.
  const written = arborist.idealTree.meta.commit()
  const whole = tell ? { lock: JSON.parse(JSON.stringify(written)) } : {}
  const { packages } = written
  delete packages['']
  const kept = ['name', 'version', 'dev', 'optional', 'peer', 'devOptional', 'extraneous', 'link', 'inBundle']
  for (const [location, entry] of Object.entries(packages)) {
    if (!entry.version && !entry.link) {
      // It stands for what could not be found.
      delete packages[location]
      continue
    }
    for (const key of Object.keys(entry)) {
      if (!kept.includes(key)) {
        delete entry[key]
      }
    }
  }
  return failure ? { packages, error: failure, ...whole } : { packages, ...whole }
}

const main = async () => {
  const server = http.createServer((request, response) => {
    response.statusCode = 404
    response.setHeader('content-type', 'application/json')
    response.end('{"error":"not found"}')
  })
  await new Promise(done => server.listen(0, '127.0.0.1', done))
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'trees-'))
  const project = path.join(folder, 'project')
  fs.mkdirSync(project)
  const documents = new Documents(`http://127.0.0.1:${server.address().port}`)
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const task = JSON.parse(line)
    const answer = await resolve(project, documents, task)
    await new Promise(done => process.stdout.write(JSON.stringify({ id: task.id, ...answer }) + '\n', done))
  }
  server.close()
  fs.rmSync(folder, { recursive: true })
}

main()
