import addon = require('./index.cjs')
export = addon
