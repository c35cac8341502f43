package review

import (
	"strconv"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/privacy"
)

// Slots is into how many parts the large tables can be cut (docs/architecture.md, Sharding). It never changes.
const Slots = 32

// identity is equal for two submissions exactly when they are the same one (contract.md 6).
func identity(b *privacy.Blinder, r *Review) privacy.Digest {
	return b.Digest("identity", r.AppCode, r.EntityCode, r.Subject, r.Person(), beijing.Format14(r.EvalTime))
}

// onceKey is equal for two reviews of which only one may be (一事一评, contract.md 6): an affair once by one person,
// whatever app, entity code or channel it comes through; a guide or a window as such once a day by one person; a work
// order once.
// It depends on nothing that is not in the identity, so the same submission always meets itself in the same slot.
func onceKey(b *privacy.Blinder, r *Review) privacy.Digest {
	switch r.Kind {
	case Guide, Window:
		return b.Digest("once "+string(r.Kind), r.Subject, r.Person(), strconv.Itoa(beijing.Day(r.EvalTime)))
	case Hotline:
		return b.Digest("once hotline", r.Subject)
	default:
		return b.Digest("once "+string(r.Kind), r.Subject, r.Person())
	}
}

// slotOf is a fact of the review for ever.
func slotOf(once privacy.Digest) int { return int(once[0]) % Slots }
