// Package directive reads the directive language: it finds //cachegen: comments in a parsed file, tells which
// declaration each belongs to, and takes them apart. What the language consists of stands in one table, from which
// parsing, suggestions and the command's usage text all come.
package directive
