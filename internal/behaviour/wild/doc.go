// Package wild has the shapes that caches of production programs have, each with the mistake that is made by hand: the
// numbers are those of the design's cases. Where another package's tests hold a case, cases_test.go says which.
package wild
