package followup

import (
	"testing"

	"github.com/haochaping/haochaping/internal/privacy"
)

// Words that do not open, for their key is gone or they were changed, take neither the other words nor a citizen's list away.
func TestWordsThatDoNotOpenAreLeftOut(t *testing.T) {
	sealer, err := privacy.NewSealer(privacy.NewKeys(), privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	s := &Service{sealer: sealer}
	events := []Event{
		{Serial: "S1", Version: 1, Sealed: []byte("sealed with a key that is not there")},
		{Serial: "S1", Version: 2, Sealed: sealer.Seal([]byte("已整改"), WordsContext("S1", 2))},
	}
	if err := s.open(events); err != nil {
		t.Fatal(err)
	}
	if events[0].Words != "（无法读取）" || events[1].Words != "已整改" {
		t.Errorf("got %q and %q", events[0].Words, events[1].Words)
	}
}
