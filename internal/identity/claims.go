package identity

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// claimSet is what a provider says, by claim. A claim that is null or an empty text is not there.
type claimSet map[string]json.RawMessage

func (s claimSet) has(name string) bool {
	raw := string(s[name])
	return raw != "" && raw != "null" && raw != `""`
}

func (s claimSet) hasAll(names []string) bool {
	for _, name := range names {
		if !s.has(name) {
			return false
		}
	}
	return true
}

// add fills in what is not there.
func (s claimSet) add(more claimSet) {
	for name, raw := range more {
		if !s.has(name) {
			s[name] = raw
		}
	}
}

// citizen reads a person by 3.4.2.4 and reports everything that is wrong, without quoting any of it.
func (s claimSet) citizen(claims Claims) (Citizen, error) {
	var faults []error
	text := func(name string, most int) string {
		value, err := s.text(name, most)
		faults = append(faults, err)
		return value
	}
	number := func(name string, most int) int {
		value, err := s.number(name, most)
		faults = append(faults, err)
		return value
	}
	citizen := Citizen{
		UserID:          text(claims.UserID, 32),
		Name:            text(claims.Name, 50),
		Phone:           text(claims.Phone, 50),
		Passport:        text(claims.Passport, 30),
		UserType:        number(claims.UserType, 1),
		CertificateType: number(claims.CertificateType, 999),
		CertificateNo:   text(claims.CertificateNo, 50),
	}
	if err := errors.Join(faults...); err != nil {
		return Citizen{}, err
	}
	if citizen.UserID == "" {
		return Citizen{}, fmt.Errorf("claim %s is missing", claims.UserID)
	}
	return citizen, nil
}

// text is a claim of at most so many characters after trimming; a whole number counts as its digits.
func (s claimSet) text(name string, most int) (string, error) {
	if !s.has(name) {
		return "", nil
	}
	raw := s[name]
	value := string(raw)
	if raw[0] == '"' {
		if err := json.Unmarshal(raw, &value); err != nil {
			return "", fmt.Errorf("claim %s can't be read", name)
		}
	} else if strings.Trim(value, "0123456789") != "" {
		return "", fmt.Errorf("claim %s is no text", name)
	}
	value = strings.TrimSpace(value)
	if n := utf8.RuneCountInString(value); n > most {
		return "", fmt.Errorf("claim %s has %d characters, at most %d may be", name, n, most)
	}
	if strings.ContainsRune(value, 0) {
		return "", fmt.Errorf("claim %s holds U+0000", name)
	}
	return value, nil
}

// number is a claim from 0 to most, or its digits as a text; 0 when it is not there.
func (s claimSet) number(name string, most int) (int, error) {
	digits, err := s.text(name, 20)
	if err != nil || digits == "" {
		return 0, err
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || n > most {
		return 0, fmt.Errorf("claim %s is no whole number from 0 to %d", name, most)
	}
	return n, nil
}

// texts is a claim that is a list of texts; nil for anything else.
func (s claimSet) texts(name string) (list []string) {
	if err := json.Unmarshal(s[name], &list); err != nil {
		return nil
	}
	return list
}
