// Package yardstick tries the generator on interfaces that were not written for it: it wraps each, asks for every
// method that reads to be cached, and tells what became of it. Either there is code that compiles, or a refusal that a
// person can hold against the method.
package yardstick
