//go:build !race

package cachetest

const raced = false
