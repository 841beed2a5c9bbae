// Package e2e holds the tests that use the project as a newcomer does: from a module of their own, outside
// this tree.
package e2e
