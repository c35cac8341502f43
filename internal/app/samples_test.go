package app

import (
	"context"
	"testing"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/review"
)

// A disk that keeps silent for a moment ends no demo; a fault of the sample does at once.
func TestSamplesAreSentAgainWhileNothingCanBeStored(t *testing.T) {
	for kind, want := range map[fault.Kind]int{fault.Unavailable: 2, fault.Invalid: 1} {
		calls := 0
		submit := untilStored(func(context.Context, review.Review) (review.Receipt, error) {
			if calls++; calls > 1 {
				return review.Receipt{Serial: "S"}, nil
			}
			if kind == fault.Invalid {
				return review.Receipt{}, fault.NewInvalid(fault.Violation{Field: "stars", Reason: "应为 1 到 5"})
			}
			return review.Receipt{}, fault.NewUnavailable("暂时无法保存评价，请稍后用同一请求重试", 0, nil)
		})
		receipt, err := submit(t.Context(), review.Review{})
		if calls != want || (err == nil) != (kind == fault.Unavailable) || (err == nil) != (receipt.Serial == "S") {
			t.Errorf("%v: %d calls, %+v, %v", kind, calls, receipt, err)
		}
	}
}
