// Package backendtest checks that a runtime.CacheBackend keeps the contract that package runtime states, sentence by
// sentence. Who writes a backend calls Run from a test:
//
//	func TestConformance(t *testing.T) {
//		backendtest.Run(t, func(t *testing.T) runtime.CacheBackend {
//			b, err := mystore.New(…)
//			if err != nil {
//				t.Fatal(err)
//			}
//			t.Cleanup(func() { b.Close() })
//			return b
//		}, backendtest.Config{})
//	}
//
// The optional interfaces that the backend implements are found by type assertion, as the runtime finds them, and
// checked too; Run logs which it found. Run it with -race: some sentences are about concurrency.
//
// Checks of expiry take the time of each call into account, so that a slow machine makes them weaker, never wrong.
package backendtest
