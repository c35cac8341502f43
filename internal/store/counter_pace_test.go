package store

import (
	"testing"
	"time"
)

// A slow machine folds less at once, down to a bound, and more again when it is quick.
func TestFoldsKeepPace(t *testing.T) {
	var p pace
	for _, tt := range []struct {
		took time.Duration
		want int
	}{
		{100, 6400},
		{101, 3200},
		{500, 1600},
		{50, 1600},
		{24, 3200},
		{1, 6400},
		{1, 6400},
		{900, 3200},
		{900, 1600},
		{900, 800},
		{900, 400},
		{900, 200},
		{900, 100},
		{900, 100},
	} {
		p.took(tt.took, 100)
		if got := p.bytes(6400); got != tt.want {
			t.Errorf("after a fold of %d: got %d bytes, want %d", tt.took, got, tt.want)
		}
	}
}
