// Package shop is what the examples of the documents are about: users, teams, their repository and a cache. A fragment of
// code in a document sees all of its names; package docs says more.
package shop
