package review

import "github.com/haochaping/haochaping/internal/org"

// Placement decides where a review counts.
type Placement struct {
	Registry *org.Registry
	// Root is the platform's own region, 12 digits: where everything counts that can't be placed better.
	Root string
}

// Place gives the region of a review, 12 digits: the one that was sent, or that somebody gave to what was sent and is no region's
// code; else its department's, else the one that the credit code in the department's or the item's code names, else the platform's;
// and where that was given up, the one that counts now.
func (p *Placement) Place(f *Facts) string {
	return p.Registry.Successions().Code(org.OfRegion, p.place(f))
}

func (p *Placement) place(f *Facts) string {
	if region, ok := org.NormalizeRegion(f.RegionCode); ok {
		return region
	}
	if f.RegionCode != "" {
		if region := p.Registry.Successions().Code(org.OfRegion, f.RegionCode); region != f.RegionCode {
			return region
		}
	}
	if department, ok := p.Registry.Department(f.DepartmentCode); ok && department.RegionCode != "" {
		return department.RegionCode
	}
	for _, code := range []string{f.DepartmentCode, f.ItemCode} {
		if region, ok := org.RegionOfCreditCode(code); ok {
			if _, known := p.Registry.Region(region); known {
				return region
			}
		}
	}
	return p.Root
}
