//go:build race

package cachetest

const raced = true
