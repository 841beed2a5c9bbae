package lifetime

import "context"

// Rates asks a service that is slow at times, and down at others.
//
//cachegen:wrap ttl=1m jitter=0 stale=1h refresh=20%
type Rates interface {
	//cachegen:cache
	Rate(ctx context.Context, currency string) (float64, error)

	//cachegen:cache timeout=50ms
	Quick(currency string) (rate float64, known bool, err error)

	//cachegen:batch currencies
	All(ctx context.Context, currencies []string) (map[string]float64, error)

	//cachegen:evict Rate(currency), Quick(currency)
	Fix(ctx context.Context, currency string, rate float64) error
}
