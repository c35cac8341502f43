package affair

import (
	"strings"

	"github.com/haochaping/haochaping/internal/privacy"
)

// shownCell is how much of a cell is shown, in characters.
const shownCell = 60

// maskedMark ends a title whose cells are masked: they are to be looked at, and must not come back as if they were true.
const maskedMark = "（已遮盖）"

// MaskedTitle is the field's title over cells that MaskCell made; no list with it is taken where they are personal.
func (f *Field) MaskedTitle() string {
	if !f.Personal {
		return f.Title
	}
	return f.Title + maskedMark
}

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
