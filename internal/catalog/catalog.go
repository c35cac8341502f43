// Package catalog knows what can be said about what: evaluation objects, channels, stars, and the tags of each star.
package catalog

import (
	"cmp"
	"slices"
	"sync/atomic"
)

// Entity is an evaluation object (评价对象). The list is data of the registry: more are added than the first four.
type Entity struct {
	Code string // at most 14 characters
	Name string
}

// Specified are the four evaluation objects of the specification (4.1).
func Specified() []Entity {
	return []Entity{
		{"egovAffair", "政务网已办事项"},
		{"egovGuide", "政务网办事指南"},
		{"yssAffair", "粤省事已办事项"},
		{"hotlineAffair", "热线服务"},
	}
}

// Added are evaluation objects that came after the specification (domain.md 7).
func Added() []Entity {
	return []Entity{{HallAffair, "大厅窗口服务"}}
}

// HallAffair is the evaluation object of a window's service as such.
const HallAffair = "hallAffair"

// EntitySet is the registry's list of evaluation objects, for many readers.
type EntitySet struct{ list atomic.Pointer[entityList] }

type entityList struct {
	all    []Entity
	former map[string]string // codes that were merged into another one
}

// NewEntitySet makes a set of these.
func NewEntitySet(entities []Entity) *EntitySet {
	s := &EntitySet{}
	s.Replace(entities, nil)
	return s
}

// Replace makes the set these, of which the former ones were merged into others.
func (s *EntitySet) Replace(entities []Entity, former map[string]string) {
	s.list.Store(&entityList{entities, former})
}

// All are the evaluation objects in their order, also those that were merged into others: reviews of them still come in.
func (s *EntitySet) All() []Entity { return s.list.Load().all }

// Current are those that figures are of: without those that were merged into others.
func (s *EntitySet) Current() []Entity {
	list := s.list.Load()
	return slices.DeleteFunc(slices.Clone(list.all), func(e Entity) bool { return list.former[e.Code] != "" })
}

// Code is what a code counts under: another one when it was merged, else itself.
func (s *EntitySet) Code(code string) string { return cmp.Or(s.list.Load().former[code], code) }

// Known says whether there is such an evaluation object.
func (s *EntitySet) Known(code string) bool {
	return slices.ContainsFunc(s.All(), func(e Entity) bool { return e.Code == code })
}

// Name is the name of an evaluation object, or its code when there is none.
func (s *EntitySet) Name(code string) string {
	for _, entity := range s.All() {
		if entity.Code == code {
			return entity.Name
		}
	}
	return code
}

// Channels (渠道, domain.md 7) through which reviews come, as they are stored.
const (
	Portal   = "portal"    // 政务服务网
	Yss      = "yss"       // 粤省事
	Wechat   = "wechat"    // 微信公众号
	HallQR   = "hall-qr"   // 大厅二维码
	HallPad  = "hall-pad"  // 大厅平板
	Hotline  = "hotline"   // 热线
	OtherAPI = "api-other" // 其他接口
)

// ChannelOf derives the channel of a review that came through an interface from its evaluation object.
func ChannelOf(entity string) string {
	switch entity {
	case "egovAffair", "egovGuide":
		return Portal
	case "yssAffair":
		return Yss
	case "hotlineAffair":
		return Hotline
	default:
		return OtherAPI
	}
}

// StarName is the word of a verdict of 1 to 5 stars.
func StarName(stars int) string {
	return [...]string{"", "非常不满意", "不满意", "基本满意", "满意", "非常满意"}[stars]
}
