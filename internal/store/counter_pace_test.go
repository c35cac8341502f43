package store

import (
	"testing"
	"time"
)

// A slow machine folds less at once, a quick one more, each up to a bound.
func TestFoldsKeepPace(t *testing.T) {
	var p pace
	for _, tt := range []struct {
		took time.Duration
		want int
	}{
		{1, 200},
		{24, 400},
		{25, 400},
		{100, 400},
		{101, 200},
		{900, 100},
		{900, 100},
		{1, 200},
		{1, 400},
		{1, 800},
		{1, 1600},
		{1, 3200},
		{1, 6400},
		{1, 6400},
	} {
		p.took(tt.took, 100)
		if got := p.bytes(6400); got != tt.want {
			t.Errorf("after a fold of %d: got %d bytes, want %d", tt.took, got, tt.want)
		}
	}
}
