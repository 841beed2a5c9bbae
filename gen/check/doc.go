// Package check turns annotated interfaces into plans, and finds every fault in them on the way. Go expressions in
// directives are checked by go/types: a probe file that uses them as the generated code will is added to the loaded
// package, and its errors are told at their place in the directive.
package check
