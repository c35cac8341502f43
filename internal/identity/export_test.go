package identity

import "time"

// Hurry lets calls to the provider take a fiftieth of their time.
func (o *OIDC) Hurry() { o.client.Timeout /= 50 }

// Age makes what was discovered older.
func (o *OIDC) Age(by time.Duration) {
	o.directory.mu.Lock()
	defer o.directory.mu.Unlock()
	o.directory.ended = o.directory.ended.Add(-by)
}

// Asking says whether the provider is being discovered.
func (o *OIDC) Asking() bool {
	o.directory.mu.Lock()
	defer o.directory.mu.Unlock()
	return o.directory.under != nil
}
