package followup

import (
	"context"
	"errors"
	"fmt"

	"github.com/haochaping/haochaping/internal/fault"
)

// Pick is a case as it was seen when it was chosen from a list.
type Pick struct {
	Serial  string
	Version int
}

// MaxPicks is the most cases that are assigned at once.
const MaxPicks = 200

// Assigned says what became of one of them; Fault is in words for people, empty when it was assigned.
type Assigned struct {
	Serial, Fault string
}

// Assign gives cases to a handler, or with an empty Login of to back to nobody. Each is assigned by itself: one that can't be does
// not hinder the others. Nobody gets the case of a review of himself.
func (s *Service) Assign(ctx context.Context, by, to Actor, picks []Pick) ([]Assigned, error) {
	if len(picks) == 0 || len(picks) > MaxPicks {
		return nil, fault.NewInvalidPage(fmt.Sprintf("请选择1到%d张工单", MaxPicks))
	}
	results := make([]Assigned, len(picks))
	for i, pick := range picks {
		results[i].Serial = pick.Serial
		_, err := s.move(ctx, &by, pick.Serial, pick.Version, Step{Move: AssignMove, to: &to})
		switch kind := fault.KindOf(err); {
		case err == nil:
		case kind == fault.Internal || kind == fault.Unavailable:
			return nil, err
		default:
			results[i].Fault = words(err)
		}
	}
	return results, nil
}

// words are those of a fault for people.
func words(err error) string {
	var told *fault.Error
	if errors.As(err, &told) {
		return told.Message
	}
	return ""
}
