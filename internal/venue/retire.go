package venue

import (
	"context"
)

// Kinds of what can be retired.
const (
	AHall     = "hall"
	AWindow   = "window"
	AnOfficer = "officer"
)

// Retire closes a hall or a window, or takes an officer off, or opens it again. hall says which hall an officer is of.
func (s *Service) Retire(ctx context.Context, kind, hall, code, mark string, retired bool, reason string, bound Bound) error {
	e, err := s.edit(ctx, bound)
	if err != nil {
		return err
	}
	action := "reopen"
	if retired {
		action = "retire"
	}
	changes := Changes{Told: []Note{{Action: kind + "." + action, Object: kind + ":" + code, Reason: reason}}}
	var seen string
	var there bool // it is so already
	switch kind {
	case AHall:
		h, err := e.hall(code)
		if err != nil {
			return err
		}
		seen, there = Mark(h), h.Retired == retired
		changes.Seen.Halls, changes.ChangedHalls = []Hall{h}, []Hall{h}
		changes.ChangedHalls[0].Retired = retired
	case AWindow:
		w, _, err := e.window(code)
		if err != nil {
			return err
		}
		seen, there = Mark(w), w.Retired == retired
		changes.Seen.Windows, changes.ChangedWindows = []Window{w}, []Window{w}
		changes.ChangedWindows[0].Retired = retired
	case AnOfficer:
		h, err := e.hall(hall)
		if err != nil {
			return err
		}
		o, known := find(e.officers, func(o *Officer) bool { return o.HallCode == h.Code && o.WorkNo == code })
		if !known {
			return missing()
		}
		seen, there = Mark(o), o.Retired == retired
		changes.Told[0].Object = kind + ":" + h.Code + "/" + code
		changes.Seen.Officers, changes.Officers = []Officer{o}, []Officer{o}
		changes.Officers[0].Retired = retired
	default:
		return missing()
	}
	if there { // it was sent twice, or another was quicker: it is so
		return nil
	}
	if seen != mark {
		return errStale()
	}
	return s.save(ctx, changes)
}
