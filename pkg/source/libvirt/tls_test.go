package libvirt

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/source"
)

// writePKI writes an authority's certificate and one that it signed, for client and server both, and returns the folder.
func writePKI(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	write := func(name, kind string, der []byte) {
		text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	key := func() *ecdsa.PrivateKey {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	authority := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"}, IsCA: true,
		NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "host"},
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}}
	signer, own := key(), key()
	for name, certificate := range map[string]*x509.Certificate{"cacert.pem": authority, "clientcert.pem": leaf} {
		public := &own.PublicKey
		if certificate == authority {
			public = &signer.PublicKey
		}
		der, err := x509.CreateCertificate(rand.Reader, certificate, authority, public, signer)
		if err != nil {
			t.Fatal(err)
		}
		write(name, "CERTIFICATE", der)
	}
	der, err := x509.MarshalECPrivateKey(own)
	if err != nil {
		t.Fatal(err)
	}
	write("clientkey.pem", "EC PRIVATE KEY", der)
	return folder
}

// A verdict is a listener whose connections begin with the byte that says whether the certificate is taken.
type verdict struct {
	net.Listener
	byte
}

func (v verdict) Accept() (net.Conn, error) {
	conn, err := v.Listener.Accept()
	if err == nil {
		_, err = conn.Write([]byte{v.byte})
	}
	if err != nil {
		return nil, errors.New("no more connections")
	}
	return conn, nil
}

// listenTLS serves a fake by TLS with those certificates.
func listenTLS(t *testing.T, folder string, say byte) (uri string) {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(folder, "clientcert.pem"), filepath.Join(folder, "clientkey.pem"))
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAnyClientCert}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	serveFake(t, verdict{listener, say}, newDomain("web-1"))
	return fmt.Sprintf("qemu+tls://%s/system", listener.Addr())
}

func TestOverTLS(t *testing.T) {
	folder := writePKI(t)
	s, err := Open(t.Context(), listenTLS(t, folder, 1)+"?pkipath="+folder)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if vms, err := s.List(t.Context()); err != nil || len(vms) != 1 {
		t.Errorf("%v, %v", vms, err)
	}
}

func TestTLSRefused(t *testing.T) {
	folder := writePKI(t)
	if _, err := Open(t.Context(), listenTLS(t, folder, 0)+"?pkipath="+folder); !errors.Is(err, source.ErrDenied) {
		t.Errorf("a certificate that is not taken: %v", err)
	}
	other := writePKI(t)
	if _, err := Open(t.Context(), listenTLS(t, folder, 1)+"?pkipath="+other); err == nil ||
		!strings.Contains(err.Error(), "certificate") {
		t.Errorf("a host of another authority: %v", err)
	}
	if _, err := Open(t.Context(), "qemu+tls://127.0.0.1:1/system?pkipath="+t.TempDir()); err == nil ||
		!strings.Contains(err.Error(), "cacert.pem, by which the host is known") {
		t.Errorf("no certificates: %v", err)
	}
}
