package org

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Gazetteer finds regions by what people write: a code, or names from above, such as 广州市/越秀区 or 越秀区北京街道.
type Gazetteer struct {
	registry *Registry
	named    map[string][]string // names run together -> codes
}

// NewGazetteer knows the regions of the registry as it is now.
func NewGazetteer(registry *Registry) *Gazetteer {
	g := &Gazetteer{registry: registry, named: map[string][]string{}}
	g.walk(AllRegions, nil)
	return g
}

// walk takes in a region's children under their whole path and under every end of it.
func (g *Gazetteer) walk(parent string, path []string) {
	for _, region := range g.registry.Children(parent) {
		if region.Pending {
			continue
		}
		below := append(slices.Clone(path), region.Name)
		for from := range below {
			key := strings.Join(below[from:], "")
			g.named[key] = append(g.named[key], region.Code)
		}
		g.walk(region.Code, below)
	}
}

// Find gives the code of 12 digits, or says in Chinese what would be right.
func (g *Gazetteer) Find(text string) (code, reason string) {
	if code, ok := NormalizeRegion(text); ok {
		region, known := g.registry.Region(code)
		if !known || region.Pending {
			return "", "没有区划编码“" + text + "”，请核对，或写区划名称，如 广州市/越秀区"
		}
		return region.Code, ""
	}
	if spoiled := Spoiled(text); spoiled != "" {
		return "", spoiled + " 12 位区划编码"
	}
	switch codes := g.named[pathKey(text)]; len(codes) {
	case 0:
		return "", "没有名为“" + text + "”的区划，请写 12 位编码，或写全名称，如 广州市/越秀区"
	case 1:
		return codes[0], ""
	default:
		return "", "有 " + strconv.Itoa(len(codes)) + " 个区划名为“" + text + "”，请写全，如 " + g.Path(codes[0], "/")
	}
}

// Spoiled says so of a number as spreadsheet programs show what is too long for them, such as 4.40103E+11; empty for any other text.
func Spoiled(text string) string {
	if !strings.ContainsAny(text, "Ee") || !strings.ContainsAny(text, "+.") {
		return ""
	}
	return "被表格软件改成了科学计数“" + text + "”，请把这一列设为文本，重新填写"
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

// Path is the names from the city down, as people read it.
func (g *Gazetteer) Path(code, between string) string {
	var names []string
	for _, place := range Ancestors(code) {
		if place.Level < LevelCity && place.Code != code {
			continue
		}
		if region, ok := g.registry.Region(place.Code); ok && region.Name != "" {
			names = append(names, region.Name)
		}
	}
	return strings.Join(names, between)
}
