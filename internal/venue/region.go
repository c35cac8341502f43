package venue

import (
	"slices"
	"strings"
	"unicode"

	"github.com/haochaping/haochaping/internal/org"
)

// places finds regions by what people write: a code, or names from above, such as 广州市/越秀区 or 越秀区北京街道.
type places struct {
	registry *org.Registry
	named    map[string][]string // names run together -> codes
}

func newPlaces(registry *org.Registry) *places {
	p := &places{registry: registry, named: map[string][]string{}}
	p.walk(org.AllRegions, nil)
	return p
}

// walk takes in a region's children under their whole path and under every end of it.
func (p *places) walk(parent string, path []string) {
	for _, region := range p.registry.Children(parent) {
		if region.Pending {
			continue
		}
		below := append(slices.Clone(path), region.Name)
		for from := range below {
			key := strings.Join(below[from:], "")
			p.named[key] = append(p.named[key], region.Code)
		}
		p.walk(region.Code, below)
	}
}

// find gives the code of 12 digits, or says what would be right.
func (p *places) find(text string) (code, reason string) {
	if code, ok := org.NormalizeRegion(text); ok {
		if region, known := p.registry.Region(code); !known || region.Pending {
			return "", "没有区划编码“" + text + "”，请核对，或写区划名称，如 广州市/越秀区"
		}
		return code, ""
	}
	if strings.ContainsAny(text, "Ee") && strings.ContainsAny(text, "+.") {
		return "", "被表格软件改成了科学计数“" + text + "”，请把这一列设为文本，重新填写 12 位区划编码"
	}
	switch codes := p.named[pathKey(text)]; len(codes) {
	case 0:
		return "", "没有名为“" + text + "”的区划，请写 12 位编码，或写全名称，如 广州市/越秀区"
	case 1:
		return codes[0], ""
	default:
		return "", "有 " + count(len(codes)) + " 个区划名为“" + text + "”，请写全，如 " + p.path(codes[0], "/")
	}
}

// pathKey is a path without what people put between names.
func pathKey(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("/／\\>＞-—·、,，", r) {
			return -1
		}
		return r
	}, text)
}

// path is the names from the city down, as people read it.
func (p *places) path(code, between string) string {
	var names []string
	for _, place := range org.Ancestors(code) {
		if place.Level < org.LevelCity && place.Code != code {
			continue
		}
		if region, ok := p.registry.Region(place.Code); ok && region.Name != "" {
			names = append(names, region.Name)
		}
	}
	return strings.Join(names, between)
}

// fits says what is wrong about a region for a hall of a level: the region has to reach down as far as the level does,
// or the hall's figures would count too high up. A city without counties has its towns instead.
func (p *places) fits(code, level string) string {
	least, like := org.LevelProvince, ""
	switch level {
	case CountyLevel:
		least, like = org.LevelCounty, "区县，如 广州市/越秀区"
	case TownLevel:
		least, like = org.LevelTown, "镇街，如 广州市/越秀区/北京街道"
	case VillageLevel:
		least, like = org.LevelTown, "所在的镇街或村居，如 广州市/越秀区/北京街道"
	}
	if org.LevelOf(code) >= least || level == CountyLevel && !p.hasCounties(code) {
		return ""
	}
	return "层级为“" + level + "”，区划应写到" + like
}

func (p *places) hasCounties(code string) bool {
	return slices.ContainsFunc(p.registry.Children(code), func(r org.Region) bool { return org.LevelOf(r.Code) <= org.LevelCounty })
}
