package libvirt

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"

	"vmmp/pkg/source"
)

// pki is where certificates lie.
type pki struct{ authority, certificate, key string }

// pkis returns where the place's may lie, the first choice first: in the folder that the URI names; else the user's
// own, then the machine's, as libvirt has it.
func (p place) pkis() []pki {
	in := func(folder string) pki {
		return pki{filepath.Join(folder, "cacert.pem"), filepath.Join(folder, "clientcert.pem"),
			filepath.Join(folder, "clientkey.pem")}
	}
	if folder := p.options.Get("pkipath"); folder != "" {
		return []pki{in(folder)}
	}
	machine := pki{"/etc/pki/CA/cacert.pem", "/etc/pki/libvirt/clientcert.pem", "/etc/pki/libvirt/private/clientkey.pem"}
	home, err := os.UserHomeDir()
	if err != nil || os.Geteuid() == 0 {
		return []pki{machine}
	}
	return []pki{in(filepath.Join(home, ".pki", "libvirt")), machine}
}

// tlsConfig reads the certificates. A client certificate is optional, since not every libvirt asks for one; the
// authority's is not, unless the URI says no_verify=1.
func (p place) tlsConfig() (*tls.Config, error) {
	config := &tls.Config{ServerName: p.host, MinVersion: tls.VersionTLS12}
	config.InsecureSkipVerify = p.options.Get("no_verify") == "1"
	pkis := p.pkis()
	for _, files := range pkis {
		if pair, err := tls.LoadX509KeyPair(files.certificate, files.key); err == nil {
			config.Certificates = []tls.Certificate{pair}
			break
		} else if !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("read client certificate %s: %w", files.certificate, err)
		}
	}
	for _, files := range pkis {
		text, err := os.ReadFile(files.authority)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		config.RootCAs = x509.NewCertPool()
		if err != nil || !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("read %s: no certificate in it (%w)", files.authority, err)
		}
		return config, nil
	}
	if config.InsecureSkipVerify {
		return config, nil
	}
	return nil, fmt.Errorf("no %s, by which the host is known: copy it from the host, or name its folder by ?pkipath=",
		pkis[len(pkis)-1].authority)
}

// dialTLS connects by TLS. libvirt then says in one byte whether it takes the client's certificate.
func (p place) dialTLS(ctx context.Context) (net.Conn, error) {
	config, err := p.tlsConfig()
	if err != nil {
		return nil, err
	}
	conn, err := (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", p.address(tlsPort))
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	var verdict [1]byte
	if _, err := io.ReadFull(conn, verdict[:]); err != nil {
		_ = conn.Close() // what came before says more
		return nil, fmt.Errorf("wait for the host to take this client's certificate: %w", err)
	}
	if verdict[0] != 1 {
		_ = conn.Close()
		return nil, fmt.Errorf("%w: the host does not take this client's certificate", source.ErrDenied)
	}
	return conn, nil
}
