// Package gen generates caching wrappers for annotated interfaces. Its door is [Generate], which reads packages and
// gives the files to be written, without writing any; [Result.Write] writes them and [Result.Diff] shows what they
// would change.
package gen
