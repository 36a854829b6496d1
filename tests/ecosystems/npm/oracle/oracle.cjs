// Answers questions about versions, ranges, names and specs with npm's own libraries.
// Standard input: a JSON array of [question, ...arguments]; standard output: a JSON array of answers.
// NODE_PATH must name the node_modules folder inside npm.
'use strict'

const semver = require('semver')
const npa = require('npm-package-arg')
const validateName = require('validate-npm-package-name')

const describeSpec = (name, spec) => {
  let found
  try {
    found = npa.resolve(name, spec, '/project')
  } catch {
    return null
  }
  const real = found.type === 'alias' ? found.subSpec : found
  return {
    type: real.type,
    name: real.name,
    registry: Boolean(real.registry),
    text: real.registry ? real.fetchSpec : ((real.gitRange ?? real.gitCommittish) || null),
    alias: found.type === 'alias',
  }
}

const answers = {
  compare: (a, b) => semver.compare(a, b, true),
  valid: (version, loose) => semver.valid(version, { loose }),
  clean: (version, loose) => semver.clean(version, { loose }),
  validRange: (range, loose, includePrerelease) => semver.validRange(range, { loose, includePrerelease }),
  satisfies: (version, range, loose, includePrerelease) =>
    semver.satisfies(version, range, { loose, includePrerelease }),
  maxSatisfying: (versions, range, loose, includePrerelease) =>
    semver.maxSatisfying(versions, range, { loose, includePrerelease }),
  intersects: (a, b) => {
    try {
      return semver.intersects(a, b, { loose: true })
    } catch {
      return null
    }
  },
  subset: (a, b) => {
    try {
      return semver.subset(a, b, { loose: true })
    } catch {
      return null
    }
  },
  name: (name) => validateName(name).validForOldPackages,
  spec: describeSpec,
}

const questions = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
process.stdout.write(JSON.stringify(questions.map(([kind, ...given]) => answers[kind](...given))))
