package courier

import "github.com/haochaping/haochaping/internal/notice"

var _ notice.Courier = (*Courier)(nil)

// Courier carries both.
type Courier struct {
	*Letters
	*Hooks
}
