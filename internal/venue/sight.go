package venue

import (
	"slices"
)

// Sees says whether a person sees a hall: it is within his bound, or a window in it is.
func (d *Directory) Sees(h *Hall, bound Bound) bool {
	return bound.covers(h.RegionCode, "", h.Code) || slices.ContainsFunc(d.WindowsOf(h.Code), func(w Window) bool {
		return bound.covers(h.RegionCode, w.DepartmentCode, h.Code)
	})
}

// Opened are the windows of a hall that are open and within a bound; none of a hall that is closed.
func Opened(windows []Window, h *Hall, bound Bound) (opened []Window) {
	for _, w := range windows {
		if !h.Retired && !w.Retired && bound.covers(h.RegionCode, w.DepartmentCode, h.Code) {
			opened = append(opened, w)
		}
	}
	return opened
}
