"""A little checker of E-ARK CSIP 2.2 and SIP 2.2, written from the profiles' requirements and without the code under test."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from lxml import etree

SPACES = {
    "m": "http://www.loc.gov/METS/",
    "x": "http://www.w3.org/1999/xlink",
    "c": "https://DILCIS.eu/XML/METS/CSIPExtensionMETS",
}
# requirement, and an XPath that is true where it is kept; of profiles E-ARK-CSIP-v2-2-0 and E-ARK-SIP-v2-2-0
EVERY = {
    "CSIP1": "string(/m:mets/@OBJID) != ''",
    "CSIP2": "/m:mets/@TYPE = 'Textual works – Digital'",
    "CSIP4": "/m:mets/@c:CONTENTINFORMATIONTYPE = 'MIXED'",
    "CSIP6": "starts-with(/m:mets/@PROFILE, 'https://')",
    "CSIP117": "count(/m:mets/m:metsHdr) = 1",
    "CSIP7": "string(/m:mets/m:metsHdr/@CREATEDATE) != ''",
    "CSIP9": "/m:mets/m:metsHdr/@c:OAISPACKAGETYPE = 'SIP'",
    "CSIP10": "count(//m:agent[@ROLE='CREATOR'][@TYPE='OTHER'][@OTHERTYPE='SOFTWARE']) = 1",
    "CSIP14": "string(//m:agent[@OTHERTYPE='SOFTWARE']/m:name) != ''",
    "CSIP16": "count(//m:agent[@OTHERTYPE='SOFTWARE']/m:note[@c:NOTETYPE='SOFTWARE VERSION']) = 1",
    "CSIP18": "count(//m:dmdSec[not(@ID)]) = 0",
    "CSIP19": "count(//m:dmdSec[not(@CREATED)]) = 0",
    "CSIP22": "count(//m:mdRef[not(@LOCTYPE='URL')]) = 0",
    "CSIP23": "count(//m:mdRef[not(@x:type='simple')]) = 0",
    "CSIP25": "count(//m:mdRef[not(@MDTYPE)]) = 0",
    "CSIP26": "count(//m:mdRef[not(@MIMETYPE and @SIZE and @CREATED and @CHECKSUM and @CHECKSUMTYPE='SHA-256')]) = 0",
    "CSIP31": "count(//m:amdSec) <= 1",
    "CSIP33": "count(//m:digiprovMD[not(@ID)]) = 0",
    "CSIP59": "count(//m:fileSec[not(@ID)]) = 0",
    "CSIP64": "count(//m:fileGrp[not(@USE and @ID)]) = 0",
    "CSIP66": "count(//m:fileGrp[not(m:file)]) = 0",
    "CSIP67": "count(//m:file[not(@ID and @MIMETYPE and @SIZE and @CREATED and @CHECKSUM)]) = 0",
    "CSIP72": "count(//m:file[not(@CHECKSUMTYPE='SHA-256')]) = 0",
    "CSIP76": "count(//m:file) = count(//m:file/m:FLocat[@LOCTYPE='URL'][@x:type='simple'][@x:href])",
    "CSIP80": "count(//m:structMap) = 1",
    "CSIP81": "count(//m:structMap[@TYPE='PHYSICAL']) = 1",
    "CSIP82": "count(//m:structMap[@LABEL='CSIP']) = 1",
    "CSIP83": "count(//m:structMap[not(@ID)]) = 0",
    "CSIP84": "count(//m:structMap/m:div) = 1",
    "CSIP85": "count(//m:div[not(@ID)]) = 0",
    "CSIP88": "count(//m:structMap/m:div/m:div[@LABEL='Metadata']) = 1",
    "CSIP111": "count(//m:mptr[not(@x:type='simple' and @LOCTYPE='URL' and @x:href)]) = 0",
}
PACKAGE = {
    "SIP2": "/m:mets/@PROFILE = 'https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-2-0.xml'",
    "SIP15": "count(//m:agent[@TYPE='ORGANIZATION' or @TYPE='INDIVIDUAL'][@ROLE]/m:name[. != '']) >= 1",
    "CSIP60": "count(//m:fileGrp[@USE='Documentation']) = 1",
    "CSIP113": "count(//m:fileGrp[@USE='Schemas']) = 1",
    "CSIP94": "count(//m:div[@LABEL='Documentation']/m:fptr) = 1",
    "CSIP98": "count(//m:div[@LABEL='Schemas']/m:fptr) = 1",
    "CSIP109": "count(//m:fileGrp[starts-with(@USE,'Representations/')]) = count(//m:mptr)",
}


def broken_rules(home: Path) -> list[str]:
    """Return what a package does not keep to, each beginning with the requirement."""
    found = []
    if not (home / "METS.xml").is_file():
        return ["CSIPSTR4"]
    package = etree.parse(home / "METS.xml").getroot()
    if package.get("OBJID") != home.name:
        found.append("CSIPSTR2")
    found += [f"CSIPSTR {name}" for name in ("metadata", "schemas") if not (home / name).is_dir()]
    found += _broken(package, EVERY | PACKAGE, home)
    for inner in sorted(home.glob("representations/*")):
        if not (inner / "METS.xml").is_file() or not (inner / "metadata").is_dir():
            found.append(f"CSIPSTR12 {inner.name}")
            continue
        representation = etree.parse(inner / "METS.xml").getroot()
        if representation.get("OBJID") != inner.name:
            found.append(f"CSIP1 {inner.name}")
        found += [f"{rule} in {inner.name}" for rule in _broken(representation, EVERY, inner)]
        if not package.xpath(f"//m:div[@LABEL='Representations/{inner.name}']/m:mptr", namespaces=SPACES):
            found.append(f"CSIP107 {inner.name}")
    return found


def _broken(root: etree._Element, rules: dict[str, str], home: Path) -> Iterator[str]:
    yield from (name for name, path in rules.items() if root.xpath(path, namespaces=SPACES) is not True)
    ids = root.xpath("//@ID")
    if len(set(ids)) < len(ids):
        yield "CSIP-ID twice"
    named = root.xpath("//m:fptr/@FILEID", namespaces=SPACES)
    named += root.xpath("//m:mptr/@x:title", namespaces=SPACES)
    named += " ".join(root.xpath("//m:div/@DMDID | //m:div/@ADMID", namespaces=SPACES)).split()
    if set(named) - set(ids):
        yield "CSIP-REF to nothing"
    labels = set(root.xpath("//m:fileGrp/@USE", namespaces=SPACES))
    if labels - set(root.xpath("//m:div/@LABEL", namespaces=SPACES)):
        yield "CSIP93 a group without its division"
    for element in root.iter("{*}file", "{*}mdRef"):
        located = element.find("{*}FLocat") if element.tag.endswith("}file") else element
        href = unquote(located.get("{http://www.w3.org/1999/xlink}href"))
        data = (home / href).read_bytes() if (home / href).is_file() else None
        if data is None:
            yield f"CSIP79 {href}"
        elif (str(len(data)), hashlib.sha256(data).hexdigest()) != (element.get("SIZE"), element.get("CHECKSUM")):
            yield f"CSIP71 {href}"
