package venue

import (
	"slices"

	"github.com/haochaping/haochaping/internal/org"
)

// places finds regions and says which halls they are right for.
type places struct {
	*org.Gazetteer
	registry *org.Registry
}

func newPlaces(registry *org.Registry) *places {
	return &places{org.NewGazetteer(registry), registry}
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
