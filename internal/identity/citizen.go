// Package identity knows who is at the other end: a citizen's login at the platform's identity provider (OpenID Connect).
package identity

// Citizen is what the login says of a person, in the specification's words and lengths (3.4.2.4, user). Only UserID is always
// there; what else the provider does not tell is empty.
type Citizen struct {
	UserID   string // 统一身份认证系统uid, at most 32 characters
	Name     string // userName, at most 50 characters
	Phone    string // contactPhone, at most 50 characters
	Passport string // passportName, the login's own name, at most 30 characters
	UserType int    // 0 a person, 1 a company; 0 when not told
	// CertificateType is 0..999 and says nothing without a CertificateNo.
	CertificateType int
	CertificateNo   string // at most 50 characters
}

// Claims are the provider's names of what Citizen holds. An empty one has its default.
type Claims struct {
	UserID          string // sub
	Name            string // name
	Phone           string // phone_number
	Passport        string // preferred_username
	UserType        string // user_type
	CertificateType string // certificate_type
	CertificateNo   string // certificate_no
}

func (c Claims) withDefaults() Claims {
	for _, claim := range []struct {
		name *string
		is   string
	}{
		{&c.UserID, "sub"},
		{&c.Name, "name"},
		{&c.Phone, "phone_number"},
		{&c.Passport, "preferred_username"},
		{&c.UserType, "user_type"},
		{&c.CertificateType, "certificate_type"},
		{&c.CertificateNo, "certificate_no"},
	} {
		if *claim.name == "" {
			*claim.name = claim.is
		}
	}
	return c
}

func (c Claims) names() []string {
	return []string{c.UserID, c.Name, c.Phone, c.Passport, c.UserType, c.CertificateType, c.CertificateNo}
}
