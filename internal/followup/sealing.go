package followup

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"

	"github.com/haochaping/haochaping/internal/privacy"
)

// What is sealed is bound to where it stands: words to their case and version, files to their case and id.

// WordsContext is what the words of an event are sealed for.
func WordsContext(serial string, version int) string {
	return "case words " + serial + " " + strconv.Itoa(version)
}

// NameContext is what the name of a file is sealed for.
func NameContext(serial, id string) string { return "case file name " + serial + " " + id }

// FileContext is what the content of a file is sealed for.
func FileContext(serial, id string) string { return "case file " + serial + " " + id }

// seal seals what a change holds of people's words.
func (s *Service) seal(change *Change, step *Step) {
	e := change.Event
	if e.Words != "" {
		e.Sealed = s.sealer.Seal([]byte(e.Words), WordsContext(e.Serial, e.Version))
	}
	for _, f := range step.Evidence {
		id := rand.Text()
		change.Files = append(change.Files, SealedFile{
			ID: id, Kind: f.Kind, Size: len(f.Content), At: e.At, Actor: e.Actor,
			Name:    s.sealer.Seal([]byte(f.Name), NameContext(e.Serial, id)),
			Content: s.sealer.Seal(f.Content, FileContext(e.Serial, id)),
		})
	}
}

// unreadable stands in place of words and names that do not open, for their key is gone or they were changed.
const unreadable = "（无法读取）"

// open opens the words of events. Those that do not open must not take a case, or its reviewer's whole list, away.
func (s *Service) open(events []Event) error {
	for i := range events {
		e := &events[i]
		if len(e.Sealed) == 0 {
			continue
		}
		words, err := s.sealer.Open(e.Sealed, WordsContext(e.Serial, e.Version))
		if errors.Is(err, privacy.ErrForged) {
			e.Words = unreadable
			continue
		}
		if err != nil {
			return fmt.Errorf("open the words of case %s, version %d: %w", e.Serial, e.Version, err)
		}
		e.Words = string(words)
	}
	return nil
}
