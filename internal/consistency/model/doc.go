// Package model is the protocol that keeps caches consistent, small enough to be tried in every order in which its steps can
// happen: one key, a shared tier, and processes with readers and writers.
//
// A step of the model is what the code does at once: under one lock, in one round trip to the shared tier, or between two
// things of that sort. The line that begins with "runtime" in a step's comment names the functions that do it, and these
// say "Model: step …" where they do; a test holds both to it. So whoever changes one sees what the other says.
//
// What makes the protocol work are its safeguards. Each can be left out, and then Explore finds how it goes wrong.
//
// Values are versions, which writers count up, so that of two values it is plain which is older. Tokens, generations and
// marks, which the code compares with what they were, are not numbers here: a reader or writer has a bit that says whether
// the thing is still what it was, and who changes the thing clears it.
//
// Not in the model: errors and panics of loads, entries' ends, groups (whose generations are entries of their own), tiers
// between the upper one and the shared one, and the failing of an operation that is carried out later all the same.
package model
