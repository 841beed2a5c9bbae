// Package slogs tells a log/slog logger what a cache does and what goes wrong.
//
// At Debug stands each operation that went well, with its duration. Above Debug stands what somebody should know, and no more
// of it than can be read while Redis is down:
//
//	Error  a load panicked when all its callers had left
//	Warn   a circuit breaker opened; messages of other processes' evictions may not arrive any longer
//	Warn   a load failed; an operation of a tier failed or was slow; an eviction failed; an entry was corrupt:
//	       each once a minute for one method, or one operation of one tier, with the number of those left out
//	Info   a circuit breaker closed; messages arrive again
//
// A failed load is a warning although its error goes to the callers, since with stale= or refresh= it goes to none. What was
// cancelled because its callers left, and what an open breaker refused, stands at Debug.
//
// Keys are left out unless WithKeys asks for them; values are never logged. Errors are logged as they are.
package slogs
