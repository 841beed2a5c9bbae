module github.com/cachegen-go/cachegen

go 1.26
