// Package org knows regions and departments: codes of 12 digits, who lies below whom, and Guangdong's own list.
package org

import "strings"

// Level is how far down a region lies.
type Level int

// Levels of the codes of domain.md 7.
const (
	LevelAll Level = iota
	LevelProvince
	LevelCity
	LevelCounty
	LevelTown
	LevelVillage
)

// AllRegions is the code above every province: everywhere.
const AllRegions = "0"

// codeLength is the length of a full region code.
const codeLength = 12

// ends are where the digits of each level end, by level.
var ends = [...]int{LevelProvince: 2, LevelCity: 4, LevelCounty: 6, LevelTown: 9, LevelVillage: 12}

const zeros = "000000000000"

// Region is a place. Pending (待确认) is one that arrived in a review and that no administrator has placed yet.
type Region struct {
	Code    string // 12 digits, or what arrived when that is no region code
	Name    string // empty when pending
	Pending bool
}

// Department is a body of government. RegionCode is the region it serves.
type Department struct {
	Code       string
	Name       string
	RegionCode string
	Pending    bool
}

// NormalizeRegion pads a shorter code with zeros on the right (domain.md 7); false when it can't be a region: not 2 to 12
// digits, or no province.
func NormalizeRegion(code string) (string, bool) {
	code = strings.TrimSpace(code)
	if len(code) < 2 || len(code) > codeLength || code[:2] == "00" {
		return "", false
	}
	for i := range len(code) {
		if code[i] < '0' || code[i] > '9' {
			return "", false
		}
	}
	return code + zeros[len(code):], true
}

// IsRegion says whether a code has the form of a region's, all 12 digits. What arrives as a region and has not is kept as it came.
func IsRegion(code string) bool {
	full, ok := NormalizeRegion(code)
	return ok && full == code
}

// LevelOf is the level of a code of 12 digits, or of AllRegions.
func LevelOf(code string) Level {
	if len(code) != codeLength {
		return LevelAll
	}
	for level := LevelProvince; level < LevelVillage; level++ {
		if code[ends[level]:] == zeros[ends[level]:] {
			return level
		}
	}
	return LevelVillage
}

// Each is what all regions of a level are called: 各市.
func (l Level) Each() string {
	return [...]string{"各地", "各省", "各市", "各县（市、区）", "各镇街", "各村居"}[l]
}

// Place is a region with its level.
type Place struct {
	Level Level
	Code  string
}

// Ancestors are the regions a code of 12 digits lies in, from AllRegions down to itself. A level that is missing, as the
// county of a town in 东莞, is left out. Anything else lies in AllRegions only.
func Ancestors(code string) []Place {
	places := make([]Place, 1, 6)
	places[0] = Place{LevelAll, AllRegions}
	if len(code) != codeLength {
		return places
	}
	for level := LevelProvince; level <= LevelVillage; level++ {
		if level > LevelProvince && code[ends[level-1]:ends[level]] == zeros[:ends[level]-ends[level-1]] {
			continue // nothing of its own at this level
		}
		places = append(places, Place{level, code[:ends[level]] + zeros[ends[level]:]})
	}
	return places
}

// Range bounds the codes of a region and all below it: from <= code < to. It is every code for AllRegions.
func Range(code string) (from, to string) {
	level := LevelOf(code)
	if level == LevelAll {
		return "", ":" // greater than every digit
	}
	prefix := code[:ends[level]]
	return code, prefix + ":"
}

// creditCodeLength is that of a unified social credit code (GB 32100).
const creditCodeLength = 18

// RegionOfCreditCode reads the region out of a unified social credit code, whose characters 3 to 8 are the county where
// the body is registered. An item's code begins with the credit code of its department (domain.md 7). It is a guess
// that places what is not registered.
func RegionOfCreditCode(code string) (string, bool) {
	if len(code) < creditCodeLength || !strings.Contains("11 12 13 19 21 29 31 32 33 34 35 39", code[:2]) {
		return "", false
	}
	return NormalizeRegion(code[2:8])
}
