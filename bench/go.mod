module github.com/cachegen-go/cachegen/bench

go 1.26.0

require (
	github.com/cachegen-go/cachegen v0.0.0
	golang.org/x/mod v0.42.0
	golang.org/x/tools v0.52.0
)

require (
	github.com/dave/jennifer v1.7.1 // indirect
	github.com/pmezard/go-difflib v1.0.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
)

replace github.com/cachegen-go/cachegen => ../
