package affair

import (
	"strings"

	"github.com/haochaping/haochaping/internal/privacy"
)

// shownCell is how much of a cell is shown, in characters.
const shownCell = 60

// MaskCell is a cell under a title as people may see it: what is personal is masked, and so is everything under a title that
// is none of ours.
func MaskCell(title, cell string) string {
	f := FieldByTitle(title)
	switch {
	case cell == "":
		return ""
	case f == nil:
		return privacy.MaskCertificate(cell)
	case !f.Personal:
		return short(cell)
	case strings.HasSuffix(f.Name, "Name") || f.Name == "affairDealOfficer":
		return privacy.MaskName(cell)
	case strings.HasSuffix(f.Name, "Phone"):
		return privacy.MaskPhone(cell)
	default:
		return privacy.MaskCertificate(cell)
	}
}

func short(cell string) string {
	if runes := []rune(cell); len(runes) > shownCell {
		return string(runes[:shownCell]) + "…"
	}
	return cell
}
