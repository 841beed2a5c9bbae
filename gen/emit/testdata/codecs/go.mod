module example.com/codecs

go 1.26.0

replace github.com/cachegen-go/cachegen => ../../../..

require (
	github.com/cachegen-go/cachegen v0.0.0 // indirect
	github.com/google/go-cmp v0.7.0 // indirect
	google.golang.org/protobuf v1.36.11 // indirect
)
