// Package emit writes the files that a plan calls for: wrappers, and the codecs and key functions that they
// share. It knows the plan (package model) and nothing of where it came from; what it returns is bytes.
package emit
