// Package docs holds the Markdown documents of the tree to the truth: its test checks what they show and name.
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
// # Directives
//
// Where a fragment has directives, the generator takes it. It may be lines of an interface's body, with comments between
// them; then the methods that its directives name, and it does not declare, are the shop's.
//
// # Links
//
// What a relative link names is there, with the heading behind its #.
package docs
