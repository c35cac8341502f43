package e2e

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/sample"
)

// clockOff is every integrator's first fault: the answer tells both times, in Beijing's.
func clockOff(t *testing.T, s *server, a app) {
	reviews := sample.New(1, sample.Options{AppCode: a.Code})
	zone := time.FixedZone("Asia/Shanghai", 8*60*60)
	for _, off := range []time.Duration{-10 * time.Minute, 10 * time.Minute} {
		before := time.Now().Truncate(time.Second)
		theirs := before.Add(off)
		c := s.client(a, client.WithClock(func() time.Time { return theirs }))
		_, err := c.SubmitAffair(t.Context(), reviews.Affair(theirs))
		var refused *client.Error
		if !errors.As(err, &refused) || refused.Code != client.CodeSignature {
			t.Errorf("%v off: got %v, want code 3", off, err)
			continue
		}
		_, told, found := strings.Cut(refused.Message, "时间戳为 "+theirs.In(zone).Format(time.DateTime)+"，服务器时间为 ")
		ours, err := time.ParseInLocation(time.DateTime, told[:min(len(time.DateTime), len(told))], zone)
		if !found || err != nil || ours.Before(before) || ours.After(time.Now()) {
			t.Errorf("%v off: got %q, want both times in it: %v", off, refused.Message, err)
		}
	}
}
