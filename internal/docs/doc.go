// Package docs holds the Markdown documents of the tree to the truth: its test checks what they show and name. What is
// wrong reads like a compiler's message, README.md:123: go: undefined: runtime.WithNothing.
//
// # Go
//
// A block that begins with a package clause is a file. Files of one package in one document belong together, until one
// declares a name once more: it begins another program. Nothing in it may be unused.
//
// Any other block is a fragment: imports, declarations, statements, in any order. It sees the names of package shop, which
// this package has for it, and what fragments before it in the document declare, local variables too. A package that it
// does not import is that of an import before it, or else what the table in world_test.go says. What it makes it need not use.
//
// An … stands for left-out statements, arguments or, in an interface, the other methods of the shop's repository.
//
// "```go in=FILE" shows lines of a file of the tree, which the document names from where it stands.
//
// "```go of=runtime" shows what package runtime declares: functions without bodies, and types with all that they have
// unless … stands for more. It must be so there, word for word.
//
// # Directives
//
// Where a block has directives, the generator takes it. A fragment may be lines of an interface's body, with comments
// between them; then the methods that its directives name, and it does not declare, are the shop's.
//
// # Other blocks
//
// Their languages are sh, yaml, json, toml, mermaid and text; none is a fault. "```text usage" is what cachegen -h prints.
// bash must be able to read sh, and in it, targets of make, flags of cachegen, folders of go commands and packages of this
// module must exist, unless a cd leads out of the tree.
//
// "```sh run" is run, in order, in an empty folder, where blocks of any language with file=NAME lie once their turn has come.
// A cd holds for the blocks that follow, and /path/to/the/checkout is this one. "```text output" after it is what it prints,
// where … is anything in a line, or, alone on one, any lines.
//
// # Texts
//
// What a relative link names is there, with the heading behind its #. Code in a text may name what it likes, but members of
// packages, of the shop's variables and of runtime's types exist, calls whose names are all known fit, and so do commands
// and paths that begin with a folder of the tree. A table headed "directive" lists all verbs; options stand in one headed
// "option", or anywhere in a document that has the former.
package docs
