package client

import (
	"context"
	"time"
)

// WithWait pauses by calling pause instead of waiting.
func WithWait(pause func(context.Context, time.Duration) error) Option {
	return func(c *Client) { c.wait = pause }
}
