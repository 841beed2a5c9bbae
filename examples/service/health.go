package main

import (
	"context"
	"net/http"
	"time"

	"github.com/cachegen-go/cachegen/runtime"
)

// health says how database and cache are. Only the database decides about the status: without Redis the service is
// slower and still right, and nobody should restart it for that.
func health(catalogue Catalogue, cache *runtime.Cache) http.Handler {
	type tier struct {
		Name    string `json:"name"`
		Problem string `json:"problem,omitempty"`
		Breaker string `json:"breaker,omitempty"` // "open": it is left alone for a while
		Off     string `json:"off,omitempty"`     // why a tier that may well work is not used
	}
	type answer struct {
		OK       bool   `json:"ok"`
		Database string `json:"database"`
		Cache    []tier `json:"cache"`
	}
	return handler(func(r *http.Request) (int, any, error) {
		ctx, cancel := context.WithTimeout(r.Context(), time.Second)
		defer cancel()
		status, a := http.StatusOK, answer{OK: true, Database: "ok"}
		if err := catalogue.Ping(ctx); err != nil {
			status, a = http.StatusServiceUnavailable, answer{Database: err.Error()}
		}
		for _, h := range cache.Health(ctx) {
			t := tier{Name: h.Name, Breaker: h.Breaker, Off: h.Off}
			if h.Err != nil {
				t.Problem = h.Err.Error()
			}
			a.Cache = append(a.Cache, t)
		}
		return status, a, nil
	})
}
